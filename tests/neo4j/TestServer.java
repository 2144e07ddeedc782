import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;

/**
 * A Neo4j Community server that lives as long as somebody holds its standard input open.
 *
 * Arguments: the folder of its data, its configuration file, a file to make when Bolt answers. The first line of standard input is the
 * password to set (empty: the data knows it already). The end of the input stops it, so none outlives its test run.
 */
public final class TestServer {
    private TestServer() {}

    public static void main(String[] arguments) throws Exception {
        var input = new BufferedReader(new InputStreamReader(System.in));
        var password = input.readLine();
        var server = new DatabaseManagementServiceBuilder(Path.of(arguments[0]))
                .loadPropertiesFromFile(Path.of(arguments[1]))
                .build();
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdown));
        if (password != null && !password.isEmpty()) {
            server.database("system").executeTransactionally(
                    "ALTER USER neo4j SET PASSWORD $password CHANGE NOT REQUIRED", Map.of("password", password));
        }
        Files.createFile(Path.of(arguments[2]));
        while (input.readLine() != null) {}
        System.exit(0);
    }
}
