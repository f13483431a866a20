/** Stands for the part of Jakarta Enterprise Beans that a test has to be annotated with; the API itself is not needed. */
package jakarta.ejb;
