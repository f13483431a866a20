package dev.postevent.grpc.server;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/**
 * The names that a client's certificate gives.
 *
 * @param principal {@code cert:<common name>}; where it has none, its only URI or else its only host name, as below
 * @param all with it {@code dns:<host name>} and {@code uri:<URI>} of its alternative names
 */
record CertificateNames(String principal, Set<String> all) {
    // RFC 5280, 4.2.1.6
    private static final int DNS = 2;
    private static final int URI = 6;

    static CertificateNames of(X509Certificate certificate) throws CredentialException {
        List<String> common = new ArrayList<>();
        for (String name : commonNames(certificate)) {
            common.add(Names.checked("cert:", name));
        }
        if (common.size() > 1) {
            throw new CredentialException("the client's certificate has several common names");
        }
        List<String> hosts = new ArrayList<>();
        List<String> uris = new ArrayList<>();
        for (List<?> name : alternativeNames(certificate)) {
            if (name.get(0).equals(DNS)) {
                hosts.add(Names.checked("dns:", String.valueOf(name.get(1)).toLowerCase(Locale.ROOT)));
            } else if (name.get(0).equals(URI)) {
                uris.add(Names.checked("uri:", String.valueOf(name.get(1))));
            }
        }
        Set<String> all = new HashSet<>(common);
        all.addAll(hosts);
        all.addAll(uris);
        for (List<String> candidates : List.of(common, uris, hosts)) {
            if (candidates.size() == 1) {
                return new CertificateNames(candidates.get(0), Set.copyOf(all));
            }
        }
        throw new CredentialException(
                "the client's certificate has neither a common name nor exactly one URI or host name");
    }

    /** Also those of parts that have several attributes. */
    private static List<String> commonNames(X509Certificate certificate) throws CredentialException {
        List<String> found = new ArrayList<>();
        try {
            LdapName subject =
                    new LdapName(certificate.getSubjectX500Principal().getName());
            for (Rdn part : subject.getRdns()) {
                for (Attribute attribute : Collections.list(part.toAttributes().getAll())) {
                    if (attribute.getID().equalsIgnoreCase("CN")) {
                        for (Object value : Collections.list(attribute.getAll())) {
                            found.add(value instanceof String name ? name : "");
                        }
                    }
                }
            }
            return found;
        } catch (NamingException e) {
            throw new CredentialException("the subject of the client's certificate cannot be read");
        }
    }

    private static Collection<List<?>> alternativeNames(X509Certificate certificate) throws CredentialException {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            return names == null ? List.of() : names;
        } catch (CertificateParsingException e) {
            throw new CredentialException("the alternative names of the client's certificate cannot be read");
        }
    }
}
