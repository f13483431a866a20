/** Files that are replaced while we run: certificates and keys. Known by server and client, which do not know each other. */
@NullMarked
package dev.postevent.grpc.files;

import org.jspecify.annotations.NullMarked;
