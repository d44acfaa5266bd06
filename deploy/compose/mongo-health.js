// Run by mongosh as the health check: makes the replica set of one where there is none yet, and ends with 0 once this
// server takes writes. A replica set, because only that has majority writes with a journal and change streams.
const member = { _id: 0, host: "mongo:27017" };
try {
  rs.status();
} catch (err) {
  if (err.codeName !== "NotYetInitialized") throw err;
  rs.initiate({ _id: "rs0", members: [member] });
}
if (!db.hello().isWritablePrimary) quit(1);
