package dev.postevent.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The list, in a packaged JAR, of what in it is not ours, with licences: the libraries (two columns, which
 * {@code .ci/CheckRelease.java} compares with what the build packs), and what is in them (four). It has to cover every class, and a
 * part that brought parts of its own along (packages with {@code shaded} and the like in their name) needs entries for these: the
 * licence of the outer one says nothing about them.
 */
public final class LicenceIndex {
    private static final String SHADED = "dev.postevent.shaded.";
    private static final Pattern PART_OF_A_PART =
            Pattern.compile(".*?\\.(?:shaded|relocated|repackaged|thirdparty|third_party|vendor|libs)\\.");
    /** Words that only the licence itself has. */
    private static final Map<String, String> WORDS = Map.of(
            "Apache-2.0", "Apache License Version 2.0",
            "MIT", "Permission is hereby granted, free of charge, to any person obtaining a copy of this software",
            "BSD-2-Clause", "Redistribution and use in source and binary forms, with or without modification",
            "BSL-1.0", "Boost Software License - Version 1.0",
            "BSD-3-Clause", "may be used to endorse or promote products derived from",
            "Public-Domain", "public domain");

    private final Map<String, byte[]> entries;
    private final List<List<String>> libraries;
    private final List<Entry> list;

    private record Entry(String name, String what, String licence, String text) {
        boolean covers(String type) {
            return name.endsWith("*")
                    ? type.startsWith(name.substring(0, name.length() - 1))
                    : type.equals(name) || type.startsWith(name + ".") || type.startsWith(name + "$");
        }
    }

    /**
     * Reads the list.
     *
     * @param entries all files of the JAR, by name
     * @param file the list among them
     */
    public LicenceIndex(Map<String, byte[]> entries, String file) {
        this.entries = entries;
        List<List<String>> rows = text(file)
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> line.split("\\|", -1))
                .map(columns -> Arrays.stream(columns).map(String::strip).toList())
                .toList();
        this.libraries = rows.stream().filter(columns -> columns.size() == 2).toList();
        this.list = rows.stream()
                .filter(columns -> columns.size() != 2)
                .map(columns -> {
                    assertThat(columns).hasSize(4);
                    return new Entry(columns.get(0), columns.get(1), columns.get(2), columns.get(3));
                })
                .toList();
    }

    /**
     * Asserts that the list is complete, right and has nothing that is not in the JAR.
     *
     * @param own where our own classes are
     */
    public void covers(String own) {
        List<String> types = new ArrayList<>();
        for (String file : entries.keySet()) {
            if (file.endsWith(".class")) {
                String type =
                        file.substring(0, file.length() - ".class".length()).replace('/', '.');
                if (type.startsWith(SHADED)) {
                    types.add(type.substring(SHADED.length()));
                } else {
                    assertThat(type).startsWith(own + ".");
                }
            }
        }
        assertThat(uncovered(types)).as("packages without a licence").isEmpty();
        assertThat(list)
                .as("a text for each library's licence")
                .extracting(Entry::licence)
                .containsAll(libraries.stream().map(columns -> columns.get(1)).toList());
        for (Entry entry : list) {
            assertThat(types).as("what %s is for", entry).anyMatch(entry::covers);
            assertThat(WORDS).containsKey(entry.licence());
            assertThat(flat(text(entry.text()))).as("%s", entry).containsIgnoringCase(flat(WORDS.get(entry.licence())));
        }
        assertThat(entries.keySet())
                .filteredOn(name -> name.startsWith("META-INF/licenses/") && name.contains("LICENSE"))
                .allSatisfy(name -> assertThat(list).extracting(Entry::text).contains(name));
    }

    private TreeSet<String> uncovered(List<String> types) {
        TreeSet<String> packages = new TreeSet<>();
        for (String type : types) {
            Matcher part = PART_OF_A_PART.matcher(type);
            int needed = part.lookingAt() ? part.end() : 0;
            if (list.stream().noneMatch(entry -> entry.name().length() > needed && entry.covers(type))) {
                packages.add(type.substring(0, type.lastIndexOf('.')));
            }
        }
        return packages;
    }

    private String text(String file) {
        assertThat(entries).containsKey(file);
        return new String(entries.get(file), UTF_8);
    }

    /** Comment marks and line ends of sources and lists do not count. */
    private static String flat(String text) {
        return text.replaceAll("[\\s*,]+", " ");
    }
}
