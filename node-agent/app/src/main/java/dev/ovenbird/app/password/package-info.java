/** Where passwords are checked: a file of users, a program that is asked; and what limits both. */
@NullMarked
package dev.ovenbird.app.password;

import org.jspecify.annotations.NullMarked;
