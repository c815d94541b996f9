// Errors that are meant for the person who uses the page.

/** Bad input, with a message of one line: where, what is wrong, what to do. */
export class UserError extends Error {
  name = "UserError";
}
