/** A message without some of its fields. */

/** Like `Omit`, for each member of a union by itself: what tells the members apart is kept. */
export type Without<T, Field extends PropertyKey> = T extends unknown ? Omit<T, Field> : never;
