export { dispatch as proxy } from "../next-app/dispatch";

export const config = { matcher: ["/before/:path*"] };
