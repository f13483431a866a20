package dev.postevent.console;

/** What somebody may do. */
enum Role {
    /** Look. */
    READ("postevent-read"),
    /** Change something, and look. */
    OPERATE("postevent-operate");

    private final String roleName;

    Role(String roleName) {
        this.roleName = roleName;
    }

    /** The name that the server's security knows it by. */
    String roleName() {
        return roleName;
    }
}
