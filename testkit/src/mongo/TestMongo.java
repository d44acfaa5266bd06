import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;
import java.util.List;

/** Serves MongoDB's protocol from memory, on the port of 127.0.0.1 that is given (0: a free one), and says which. */
class TestMongo {
    public static void main(String[] args) {
        MongoServer server = new MongoServer(new Backend());
        server.bind("127.0.0.1", Integer.parseInt(args[0]));
        System.out.println("listening on " + server.getLocalAddress().getPort());
    }

    static class Backend extends MemoryBackend {
        private volatile Document replicaSet;

        Backend() {
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
                    replicaSet = (Document) query.get("replSetInitiate");
                    return new Document("ok", 1);
                default:
                    return super.handleCommand(channel, database, command, query);
            }
        }

        /** Once it is told that it is a replica set, it says that it is the primary of one. */
        private Document withReplicaSet(Document hello) {
            hello.append("isWritablePrimary", true);
            if (replicaSet == null) return hello;
            Document member = (Document) ((List<?>) replicaSet.get("members")).get(0);
            String host = (String) member.get("host");
            return hello.append("setName", replicaSet.get("_id")).append("setVersion", 1)
                .append("hosts", List.of(host)).append("me", host).append("primary", host).append("secondary", false);
        }
    }
}
