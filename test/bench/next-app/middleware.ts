export { dispatch as middleware } from "./dispatch";

export const config = { matcher: ["/before/:path*"] };
