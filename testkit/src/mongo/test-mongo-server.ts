/** A server for all tests of a run. */
export interface TestMongoServer {
  uri: string;
  /** Stops the server and removes what it stored. */
  stop(): Promise<void>;
}
