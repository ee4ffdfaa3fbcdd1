import { createCleanupRoute } from "spillway/next/cron";
import { sessions } from "../../../_session/server";

export const { GET } = createCleanupRoute(sessions, { secret: process.env.CRON_SECRET });
