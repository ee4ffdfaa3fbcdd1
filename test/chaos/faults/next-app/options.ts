import { defineSession } from "spillway";
import type { Basket } from "../basket";

export const sessionOptions = defineSession<Basket>({ secret: process.env.SESSION_SECRET });
