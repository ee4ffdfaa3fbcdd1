/** What Next tells of a request, found by the file's full name, as Node demands of a package. */

export { cookies, headers } from "next/headers.js";
