/** What people may do: each role includes those before it. */

export const ROLES = ["viewer", "operator", "approver", "admin"] as const;
export type Role = (typeof ROLES)[number];

export function isRole(text: unknown): text is Role {
  return (ROLES as readonly unknown[]).includes(text);
}

export function includesRole(has: Role, needed: Role): boolean {
  return ROLES.indexOf(has) >= ROLES.indexOf(needed);
}

/** The highest of some roles; undefined of none. */
export function highestRole(roles: readonly Role[]): Role | undefined {
  return [...ROLES].reverse().find((role) => roles.includes(role));
}
