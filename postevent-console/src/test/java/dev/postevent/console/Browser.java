package dev.postevent.console;

import static org.awaitility.Awaitility.await;

import com.deque.html.axecore.providers.EmbeddedResourceAxeProvider;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebDriverException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/**
 * Chromium without a window, used as a person uses it: by what buttons, links and fields are called. It finds 127.0.0.1 alone.
 *
 * <p>The pair {@code chromium} and {@code chromedriver} is that of the system properties {@code test.chromium} and {@code
 * test.chromedriver}, or of the PATH.
 */
final class Browser implements AutoCloseable {
    static final Duration LONG = Duration.ofSeconds(30);

    private static final List<String> ARGUMENTS = List.of(
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--hide-scrollbars",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1");

    private static final String GO = """
            const [view, done] = arguments;
            if (location.hash === view) return done();
            const drawn = () => requestAnimationFrame(() => requestAnimationFrame(() => done()));
            addEventListener("hashchange", drawn, { once: true });
            location.hash = view;
            """;
    private static final String FIND_VIOLATIONS = """
            const [done] = arguments;
            axe.run(document, { resultTypes: ["violations"] }).then(
              ({ violations }) => done(violations.flatMap(({ id, nodes }) =>
                nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`))),
              (failed) => done([`axe did not work: ${failed}`]));
            """;

    private final ChromeDriver driver;
    private final Path profile;

    private Browser(ChromeDriver driver, Path profile) {
        this.driver = driver;
        this.profile = profile;
    }

    /** A new browser; where there is none the test is skipped, and fails where the environment variable CI is set. */
    static Browser open() throws IOException {
        Optional<File> chromium = found("test.chromium", "chromium");
        Optional<File> chromedriver = found("test.chromedriver", "chromedriver");
        if (chromium.isEmpty() || chromedriver.isEmpty()) {
            String missing = "the page is not tried: no " + (chromium.isEmpty() ? "chromium" : "chromedriver")
                    + " in the PATH, nor by -Dtest.chromium and -Dtest.chromedriver";
            if (System.getenv("CI") != null) {
                Assertions.fail(missing);
            }
            System.getLogger(Browser.class.getName()).log(System.Logger.Level.WARNING, missing);
            Assumptions.abort(missing);
        }
        Path profile = Files.createTempDirectory("postevent-browser");
        ChromeOptions options = new ChromeOptions()
                .setBinary(chromium.orElseThrow())
                .addArguments(ARGUMENTS)
                .addArguments("--user-data-dir=" + profile);
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        options.setCapability(ChromeOptions.LOGGING_PREFS, logs);
        // told where the driver is, Selenium asks no manager of drivers, which would load one and count it
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(chromedriver.orElseThrow())
                .usingAnyFreePort()
                .withEnvironment(Map.of("TZ", "UTC"))
                .build();
        Browser browser;
        try {
            browser = new Browser(new ChromeDriver(service, options), profile);
        } catch (WebDriverException e) {
            delete(profile);
            throw e;
        }
        browser.driver.manage().timeouts().scriptTimeout(LONG);
        browser.size(1280, 900);
        return browser;
    }

    private static Optional<File> found(String property, String name) {
        String said = System.getProperty(property);
        Stream<File> places = said != null
                ? Stream.of(new File(said))
                : Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                        .map(folder -> new File(folder, name));
        return places.filter(File::canExecute).findFirst();
    }

    /** The size of what is shown of the page, in CSS pixels. */
    void size(int width, int height) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
    }

    /** Opens the console as a user whose password is the first letter of the name. */
    void login(URI base, String user) {
        driver.get(base.toString().replace("//", "//" + user + ":" + user.charAt(0) + "@"));
        // without them in the address, as a page that has them there may fetch nothing
        driver.get(base.toString());
        see(user);
        choose("every 2 s");
    }

    /** Goes to a view, what stands behind the #, and waits until it is there; what it asks the server for may come later. */
    void go(String view) {
        driver.executeAsyncScript(GO, "#/" + view);
    }

    /** All that can be read. */
    String text() {
        return driver.findElement(By.tagName("body")).getText();
    }

    /** Waits until this text is there to be read. */
    void see(String text) {
        waitFor("the page says: " + text, () -> text().contains(text));
    }

    /** Waits until this text is gone. */
    void seeNoMore(String text) {
        waitFor("the page says no more: " + text, () -> !text().contains(text));
    }

    /** Presses the button or follows the link with this text; in a dialog, if one is open. */
    void press(String text) {
        String literal = literal(text);
        WebElement element = element("(self::a or self::button or self::summary) and normalize-space() = " + literal);
        click(element);
    }

    /** Chooses what has this label: a radio button, a box to tick, an entry of a list. */
    void choose(String label) {
        click(element("(self::label or self::option) and starts-with(normalize-space(), " + literal(label) + ")"));
    }

    private void click(WebElement element) {
        driver.executeScript("arguments[0].scrollIntoView({block: 'nearest'})", element);
        element.click();
    }

    /** Types into the field with this label what is to stand there. */
    void fill(String label, String value) {
        WebElement field = element("(self::input or self::textarea) and ancestor::label[starts-with(normalize-space(), "
                + literal(label) + ")]");
        field.sendKeys(Keys.chord(Keys.CONTROL, "a"), value);
    }

    /** What the buttons that are there say. */
    List<String> buttons() {
        return texts("button");
    }

    /** The text of each row of the tables that are there. */
    List<String> rows() {
        return texts("main tbody tr");
    }

    private List<String> texts(String selector) {
        return driver.findElements(By.cssSelector(selector)).stream()
                .map(element -> element.getText().replace('\n', ' '))
                .toList();
    }

    private WebElement element(String condition) {
        String everywhere = "//*[" + condition + "]";
        return waitFor("there is " + condition, () -> {
            boolean modal = !driver.findElements(By.cssSelector("dialog[open]")).isEmpty();
            return driver.findElements(By.xpath(modal ? "//dialog" + everywhere : everywhere)).stream()
                    .filter(element -> element.isDisplayed() && element.isEnabled())
                    .findFirst();
        });
    }

    private static <T> T waitFor(String what, Supplier<Optional<T>> there) {
        return await(what)
                .atMost(LONG)
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptionsInstanceOf(WebDriverException.class)
                .until(there::get, Optional::isPresent)
                .orElseThrow();
    }

    private static void waitFor(String what, Callable<Boolean> there) {
        await(what)
                .atMost(LONG)
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptionsInstanceOf(WebDriverException.class)
                .until(there);
    }

    private static String literal(String text) {
        return text.contains("'") ? '"' + text + '"' : "'" + text + "'";
    }

    /** What axe finds wrong on the page as it is now, with where. */
    List<String> violations() throws Exception {
        if (driver.executeScript("return window.axe === undefined").equals(true)) {
            driver.executeScript(new EmbeddedResourceAxeProvider().getScript());
        }
        List<?> found = (List<?>) driver.executeAsyncScript(FIND_VIOLATIONS);
        return found.stream().map(String::valueOf).toList();
    }

    /** What was written to the console of the browser as an error since it was asked before. */
    List<String> errors() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
                .map(entry -> entry.getLevel() + " " + entry.getMessage())
                .toList();
    }

    /** Keeps a picture of what is shown to somebody who points at nothing. */
    void picture(Path file) throws IOException {
        new Actions(driver).moveToLocation(1, 1).perform();
        driver.executeScript("if (!document.querySelector('dialog[open]')) document.activeElement.blur()");
        Files.createDirectories(file.getParent());
        Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
    }

    @Override
    public void close() {
        driver.quit();
        delete(profile);
    }

    /** Its last processes may write to it yet when the browser is gone. */
    private static void delete(Path folder) {
        await("the profile is deleted")
                .atMost(LONG)
                .pollInterval(Duration.ofMillis(100))
                .ignoreExceptions()
                .until(() -> {
                    try (Stream<Path> all = Files.walk(folder)) {
                        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                            Files.deleteIfExists(path);
                        }
                    }
                    return Files.notExists(folder);
                });
    }
}
