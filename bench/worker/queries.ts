/** What is asked, by all generators alike: a query of LogsQL in a form, about 100 bytes. */

export const PATH = "/select/logsql/query";
export const CONTENT_TYPE = "application/x-www-form-urlencoded";
export const QUERY = "level:={{ level }} | stats by (service) count() rows";
/** The worker has a mix of queries, which differ in their names and weights alone. */
export const QUERY_NAMES = ["a", "b", "c"];

/** The form that the worker sends, for generators that always send the same. */
export const BODY = `query=${encodeURIComponent(QUERY.replace("{{ level }}", '"error"'))}&timeout=10000ms`;
