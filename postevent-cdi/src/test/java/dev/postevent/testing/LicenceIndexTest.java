package dev.postevent.testing;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LicenceIndexTest {
    private static final String LIST = "META-INF/licenses/list.txt";
    private static final String FORMS =
            "Redistribution and use in source and binary forms, with or without\n * modification";
    private final Map<String, byte[]> entries = new TreeMap<>();

    LicenceIndexTest() {
        put("dev/postevent/Own.class", "");
        put("dev/postevent/shaded/a/b/C$D.class", "");
        put("dev/postevent/shaded/a/b/shaded/x/Y.class", "");
        put("META-INF/LICENSE", "Apache License\n  Version 2.0, January 2004");
        put("META-INF/licenses/x/LICENSE.txt", FORMS);
        put(LIST, """
                # comment
                g:a:1.0 | Apache-2.0

                a.b | A | Apache-2.0 | META-INF/LICENSE
                a.b.shaded.x | X | BSD-2-Clause | META-INF/licenses/x/LICENSE.txt
                """);
    }

    @Test
    void aListThatIsRightPasses() {
        check();
    }

    @Test
    void aPackageWithoutAnEntryIsNamed() {
        put("dev/postevent/shaded/n/ew/Z.class", "");
        refused("n.ew");
    }

    @Test
    void aPackageWhoseNameOnlyBeginsLikeOneIsNotCovered() {
        put("dev/postevent/shaded/a/bc/Z.class", "");
        refused("a.bc");
    }

    @Test
    void whatAPartBroughtAlongIsNotCoveredByThePart() {
        put("dev/postevent/shaded/a/b/shaded/w/Z.class", "");
        refused("a.b.shaded.w");
    }

    @Test
    void anEntryForNothingIsRefused() {
        put(LIST, text(LIST) + "gone | G | Apache-2.0 | META-INF/LICENSE\n");
        refused("gone");
    }

    @Test
    void aLibraryWhoseLicenceHasNoTextIsRefused() {
        put(LIST, text(LIST) + "g:b:1.0 | MIT\n");
        refused("MIT");
    }

    @Test
    void aTextOfAnotherLicenceIsRefused() {
        put("META-INF/licenses/x/LICENSE.txt", "Permission is hereby granted");
        refused("BSD-2-Clause");
    }

    @Test
    void aTextThatIsMissingOrThatNobodyNamesIsRefused() {
        put("META-INF/licenses/old/LICENSE", FORMS);
        refused("META-INF/licenses/old/LICENSE");
        entries.remove("META-INF/licenses/old/LICENSE");
        entries.remove("META-INF/licenses/x/LICENSE.txt");
        refused("META-INF/licenses/x/LICENSE.txt");
    }

    @Test
    void aClassThatIsNeitherOursNorMovedIsRefused() {
        put("org/else/Z.class", "");
        refused("org.else.Z");
    }

    private void refused(String word) {
        assertThatThrownBy(this::check).isInstanceOf(AssertionError.class).hasMessageContaining(word);
    }

    private void check() {
        new LicenceIndex(entries, LIST).covers("dev.postevent");
    }

    private void put(String name, String text) {
        entries.put(name, text.getBytes(StandardCharsets.UTF_8));
    }

    private String text(String name) {
        return new String(entries.get(name), StandardCharsets.UTF_8);
    }
}
