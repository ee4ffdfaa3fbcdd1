/** `next/headers`, imported by the file's full name, which Node requires of a package without `exports`. */

export { cookies, headers } from "next/headers.js";
