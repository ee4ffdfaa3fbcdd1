import { reading } from "../../peer";

export const GET = reading("better");
