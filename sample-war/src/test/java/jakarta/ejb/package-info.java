/** Stands for the part of Jakarta Enterprise Beans that a bean of a test is annotated with; the API itself is not needed. */
package jakarta.ejb;
