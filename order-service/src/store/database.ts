/** The service's database. */
export type { Pool as Database } from "pg";
