import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;
import java.util.List;

/**
 * Serves MongoDB's protocol from memory, on the port of 127.0.0.1 that is given (0: a free one), and says which. A second
 * argument makes it the member of a replica set that had another port when it was last started.
 */
class TestMongo {
    public static void main(String[] args) {
        Document before = args.length < 2 ? null : new Document("_id", args[1]).append("version", 1)
            .append("members", List.of(new Document("_id", 0).append("host", "127.0.0.1:1")));
        MongoServer server = new MongoServer(new Backend("127.0.0.1:" + args[0], before));
        server.bind("127.0.0.1", Integer.parseInt(args[0]));
        System.out.println("listening on " + server.getLocalAddress().getPort());
    }

    static class Backend extends MemoryBackend {
        private final String host;
        private volatile Document replicaSet;

        Backend(String host, Document replicaSet) {
            this.host = host;
            this.replicaSet = replicaSet;
            // The driver wants wire version 9; what else that version brought is not needed.
            version(new MongoVersion() {
                public List<Integer> getVersionArray() {
                    return List.of(4, 4, 0);
                }

                public int getWireVersion() {
                    return 9;
                }
            });
        }

        @Override
        public Document handleCommand(Channel channel, String database, String command, Document query) {
            switch (command.toLowerCase()) {
                case "hello", "ismaster":
                    return withReplicaSet(super.handleCommand(channel, database, "ismaster", query));
                case "replsetinitiate":
                    if (replicaSet != null) {
                        return new Document("ok", 0).append("code", 23).append("codeName", "AlreadyInitialized")
                            .append("errmsg", "already initialized");
                    }
                    replicaSet = (Document) query.get("replSetInitiate");
                    return new Document("ok", 1);
                case "replsetgetconfig":
                    return new Document("config", replicaSet).append("ok", 1);
                case "replsetreconfig":
                    replicaSet = (Document) query.get("replSetReconfig");
                    return new Document("ok", 1);
                default:
                    return super.handleCommand(channel, database, command, query);
            }
        }

        /** Once it is told that it is a replica set, it says that it is the primary of one, unless it is not in it. */
        private Document withReplicaSet(Document hello) {
            hello.append("isWritablePrimary", true);
            if (replicaSet == null) return hello;
            Document member = (Document) ((List<?>) replicaSet.get("members")).get(0);
            if (!host.equals(member.get("host"))) return hello.append("isWritablePrimary", false).append("isreplicaset", true);
            return hello.append("setName", replicaSet.get("_id")).append("setVersion", 1)
                .append("hosts", List.of(host)).append("me", host).append("primary", host).append("secondary", false);
        }
    }
}
