/** The service's database: connections for those who need a transaction of their own. */
export type { Pool as Database } from "pg";
