import { type LuaState, lauxlib, lua, lualib, to_luastring } from "fengari";
import { type Bytes, type Reply, ReplyError } from "./reply.js";

type Run = (command: readonly Bytes[]) => Reply;

// Redis speaks Lua 5.1, which has `unpack`; fengari speaks 5.3, which has it in a table.
const PRELUDE = `unpack = table.unpack
redis.error_reply = function(text) return { err = text } end
redis.status_reply = function(text) return { ok = text } end
dofile, loadfile, print = nil, nil, nil`;

/**
 * Runs Redis scripts. Lua in JavaScript by fengari: it answers at once, so that a script is atomic, and its strings are
 * bytes. (wasmoon, the other choice, ends a string at its first NUL and takes ten times as long over a megabyte.)
 */
export class Scripts {
  readonly #state = lauxlib.luaL_newstate();
  readonly #run: Run;

  constructor(run: Run) {
    this.#run = run;
    const state = this.#state;
    const { luaopen_base, luaopen_string, luaopen_table, luaopen_math } = lualib;
    const libraries = { _G: luaopen_base, string: luaopen_string, table: luaopen_table, math: luaopen_math };
    for (const [name, open] of Object.entries(libraries)) lauxlib.luaL_requiref(state, to_luastring(name), open, true);
    lua.lua_createtable(state, 0, 4);
    for (const [name, raise] of [["call", true] as const, ["pcall", false] as const]) {
      lua.lua_pushcfunction(state, (inner) => this.#command(inner, raise));
      lua.lua_setfield(state, -2, to_luastring(name));
    }
    lua.lua_setglobal(state, to_luastring("redis"));
    this.evaluate(PRELUDE, [], []);
  }

  /** The reply of a script. Throws {@link ReplyError} when it fails. */
  evaluate(source: Bytes, keys: readonly Bytes[], args: readonly Bytes[]): Reply {
    const state = this.#state;
    lua.lua_settop(state, 0);
    for (const [name, list] of [["KEYS", keys] as const, ["ARGV", args] as const]) {
      push(state, [...list]);
      lua.lua_setglobal(state, to_luastring(name));
    }
    // What the first line says of a script is for a server that runs several at a time.
    const code = Buffer.from(source.replace(/^#!lua[^\n]*/, ""), "latin1");
    const loaded = lauxlib.luaL_loadbuffer(state, code, code.length, to_luastring("@user_script"));
    if (loaded !== lua.LUA_OK) throw new ReplyError(`ERR Error compiling script: ${errorAt(state)}`);
    if (lua.lua_pcall(state, 0, 1, 0) !== lua.LUA_OK) throw new ReplyError(errorAt(state));
    return pull(state, -1);
  }

  /** `redis.call` and `redis.pcall`. */
  #command(state: LuaState, raise: boolean): number {
    try {
      const words = Array.from({ length: lua.lua_gettop(state) }, (_, i) => word(state, i + 1));
      push(state, this.#run(words));
      return 1;
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
      lua.lua_createtable(state, 0, 1);
      push(state, error.message);
      lua.lua_setfield(state, -2, to_luastring("err"));
      return raise ? lua.lua_error(state) : 1;
    }
  }
}

function word(state: LuaState, index: number): Bytes {
  const type = lua.lua_type(state, index);
  if (type === lua.LUA_TSTRING) return bytesAt(state, index);
  if (type === lua.LUA_TNUMBER) return String(lua.lua_tonumber(state, index));
  throw new ReplyError("ERR Lua redis lib command arguments must be strings or integers");
}

const bytesAt = (state: LuaState, index: number): Bytes =>
  Buffer.from(lua.lua_tostring(state, index)).toString("latin1");

/** What a failed script left: the error of a command, or text of Lua's own. */
function errorAt(state: LuaState): string {
  if (lua.lua_type(state, -1) === lua.LUA_TSTRING) return `ERR ${bytesAt(state, -1)}`;
  try {
    pull(state, -1);
  } catch (error) {
    if (error instanceof ReplyError) return error.message;
  }
  return "ERR unknown error of a script";
}

/**
 * A reply becomes a Lua value, as Redis documents it: null is false, a status a table. Numbers are doubles, as they are
 * in Redis; fengari's integers have 32 bits, too few for a time.
 */
function push(state: LuaState, reply: Reply): void {
  if (reply === null) lua.lua_pushboolean(state, false);
  else if (typeof reply === "number") lua.lua_pushnumber(state, reply);
  else if (typeof reply === "string") lua.lua_pushstring(state, Buffer.from(reply, "latin1"));
  else if (Array.isArray(reply)) {
    lua.lua_createtable(state, reply.length, 0);
    for (const [i, item] of reply.entries()) {
      push(state, item);
      lua.lua_rawseti(state, -2, i + 1);
    }
  } else {
    lua.lua_createtable(state, 0, 1);
    push(state, reply.ok);
    lua.lua_setfield(state, -2, to_luastring("ok"));
  }
}

/** A Lua value becomes a reply: numbers lose their fraction, a list ends at its first nil. */
function pull(state: LuaState, index: number): Reply {
  const type = lua.lua_type(state, index);
  if (type === lua.LUA_TSTRING) return bytesAt(state, index);
  if (type === lua.LUA_TNUMBER) return Math.trunc(lua.lua_tonumber(state, index));
  if (type === lua.LUA_TBOOLEAN) return lua.lua_toboolean(state, index) ? 1 : null;
  if (type !== lua.LUA_TTABLE) return null;
  const [error, ok] = ["err", "ok"].map((name) => field(state, index, name));
  if (error !== undefined) throw new ReplyError(error);
  return ok === undefined ? list(state, index) : { ok };
}

function field(state: LuaState, index: number, name: string): Bytes | undefined {
  const type = lua.lua_getfield(state, index, to_luastring(name));
  const found = type === lua.LUA_TSTRING ? bytesAt(state, -1) : undefined;
  lua.lua_pop(state, 1);
  return found;
}

function list(state: LuaState, index: number): Reply[] {
  const items: Reply[] = [];
  for (;;) {
    const type = lua.lua_rawgeti(state, index, items.length + 1);
    const item = type === 0 ? undefined : pull(state, -1);
    lua.lua_pop(state, 1);
    if (item === undefined) return items;
    items.push(item);
  }
}
