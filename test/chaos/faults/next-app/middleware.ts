import { createSessionMiddleware } from "spillway/next/middleware";
import { sessionOptions } from "./options";

export const middleware = createSessionMiddleware(sessionOptions);
