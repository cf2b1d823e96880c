/** Which core is whose: the generators under test share one in turn, the server has another. */

export const GENERATOR_CORE = "0";
export const SERVER_CORE = "1";
