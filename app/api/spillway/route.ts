export { POST } from "spillway/next/devtools";
