import { beginning, saving } from "../../peer";

export const GET = saving("better");
export const POST = beginning("better");
