import { beginning, saving } from "../../peer";

export const GET = saving("auth");
export const POST = beginning("auth");
