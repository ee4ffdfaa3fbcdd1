import { beginning, saving } from "../../peer";

export const GET = saving("jose");
export const POST = beginning("jose");
