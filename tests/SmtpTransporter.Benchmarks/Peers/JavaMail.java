import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import jakarta.activation.DataHandler;
import jakarta.mail.Message;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeBodyPart;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeMultipart;
import jakarta.mail.util.ByteArrayDataSource;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Jakarta Mail; it builds the message for each send. What it reads and prints: see Contestants/Worker.cs. */
public final class JavaMail {
    private static final OperatingSystemMXBean SYSTEM = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Session session;
    private final Transport transport;
    private final String text;
    private final String html;
    private final byte[] attachment;

    private JavaMail(String host, int port, boolean tls, String size) throws Exception {
        var settings = new Properties();
        settings.put("mail.smtp.starttls.enable", "" + tls);
        settings.put("mail.smtp.starttls.required", "" + tls);
        settings.put("mail.smtp.ssl.trust", "*");
        session = Session.getInstance(settings);
        var name = System.getenv("BENCHMARKS_CONTENT") + "/" + size;
        text = Files.readString(Path.of(name + ".txt"));
        html = Files.exists(Path.of(name + ".html")) ? Files.readString(Path.of(name + ".html")) : null;
        attachment = Files.exists(Path.of(name + ".bin")) ? Files.readAllBytes(Path.of(name + ".bin")) : null;
        transport = session.getTransport("smtp");
        transport.connect(host, port, null, null);
    }

    private MimeMessage build() throws Exception {
        var message = new MimeMessage(session);
        message.setFrom(new InternetAddress("sender@example.com"));
        message.setRecipient(Message.RecipientType.TO, new InternetAddress("recipient@example.org"));
        message.setSubject("A message of the benchmarks");
        if (html == null && attachment == null) {
            message.setText(text);
        } else {
            var parts = new MimeMultipart(html != null ? "alternative" : "mixed");
            var first = new MimeBodyPart();
            first.setText(text);
            parts.addBodyPart(first);
            var second = new MimeBodyPart();
            if (html != null) {
                second.setText(html, "us-ascii", "html");
            } else {
                second.setDataHandler(new DataHandler(new ByteArrayDataSource(attachment, "application/octet-stream")));
                second.setFileName("data.bin");
            }
            parts.addBodyPart(second);
            message.setContent(parts);
        }
        message.saveChanges();
        return message;
    }

    /** Sends, and returns how many bytes this thread allocated. */
    private long send(int messages) throws Exception {
        var before = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
        for (var i = 0; i < messages; i++) {
            var message = build();
            transport.sendMessage(message, message.getAllRecipients());
        }
        return THREADS.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
    }

    private static long inLanes(List<JavaMail> lanes, ExecutorService threads, int count) throws Exception {
        var running = new ArrayList<Future<Long>>();
        for (var i = 0; i < lanes.size(); i++) {
            var lane = lanes.get(i);
            var messages = count / lanes.size() + (i < count % lanes.size() ? 1 : 0);
            running.add(threads.submit(() -> lane.send(messages)));
        }
        var allocated = 0L;
        for (var one : running)
            allocated += one.get();
        return allocated;
    }

    /** In nanoseconds, of all threads; the JVM's own figure has steps of 10 ms and is used if the kernel keeps no such figure. */
    private static long cpu() throws IOException {
        if (!Files.exists(Path.of("/proc/self/schedstat")))
            return SYSTEM.getProcessCpuTime();
        var sum = 0L;
        for (var thread : new File("/proc/self/task").list()) {
            try {
                sum += Long.parseLong(Files.readString(Path.of("/proc/self/task", thread, "schedstat")).split(" ")[0]);
            } catch (IOException ended) {
                // The JVM has ended this thread; the sending threads remain.
            }
        }
        return sum;
    }

    private static String measure(String[] words) throws Exception {
        var connections = Integer.parseInt(words[4]);
        var count = Integer.parseInt(words[5]);
        var lanes = new ArrayList<JavaMail>();
        var threads = Executors.newFixedThreadPool(connections);
        try {
            for (var i = 0; i < connections; i++)
                lanes.add(new JavaMail(words[0], Integer.parseInt(words[1]), words[2].equals("1"), words[3]));
            inLanes(lanes, threads, connections);
            var cpu = cpu();
            var start = System.nanoTime();
            var allocated = inLanes(lanes, threads, count);
            var seconds = (System.nanoTime() - start) / 1e9;
            var used = (cpu() - cpu) / 1e9;
            return String.format(Locale.ROOT, "{\"messages\":%d,\"opening\":%d,\"seconds\":%.6f,\"cpuSeconds\":%.6f,\"allocatedBytes\":%d}",
                count, connections, seconds, used, allocated);
        } finally {
            threads.shutdown();
            for (var lane : lanes)
                lane.transport.close();
        }
    }

    public static void main(String[] args) throws Exception {
        var version = Transport.class.getPackage().getImplementationVersion();
        System.out.println("Jakarta Mail " + (version == null ? "" : version + ", ") + "Java " + System.getProperty("java.version"));
        var lines = new BufferedReader(new InputStreamReader(System.in));
        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
            String result;
            try {
                result = measure(line.split(" "));
            } catch (Exception exception) {
                result = "{\"error\":\"" + exception.toString().replaceAll("[\"\\\\\\p{Cntrl}]", " ") + "\"}";
            }
            System.out.println(result);
        }
    }
}
