import { closeSync, fstatSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { RunLine, Sink } from './sink.js';
import { messageOf } from '../messageOf.js';

export interface JsonlSinkOptions {
  /** Bytes that may wait before they are written. @default 65,536 */
  readonly bufferBytes?: number;
  /** Milliseconds after which what waits is written all the same. @default 250 */
  readonly flushEvery?: number;
  /** Takes the one warning when writing fails. @default console.warn */
  readonly warn?: (message: string) => void;
}

/** A JSON Lines file, and how many lines did not get into it. */
export interface JsonlSink extends Sink {
  readonly dropped: number;
}

/**
 * Appends every line to a file as JSON, in whole lines: killed at any moment, all but the last line can be read. Missing folders
 * are made. When writing fails (a full disk, a folder that vanished), one warning is given, the lines are counted, and
 * the training goes on.
 *
 * @param path file to append to
 * @throws TypeError that names the option
 */
export function jsonlSink(path: string, options: JsonlSinkOptions = {}): JsonlSink {
  if (typeof path !== 'string' || path === '')
    throw new TypeError(
      `jsonlSink: expected \`path\` to be the name of a file, got ${JSON.stringify(path)} (${typeof path})`,
    );
  const { bufferBytes = 65_536, flushEvery = 250, warn = console.warn } = options;
  for (const [name, value] of Object.entries({ bufferBytes, flushEvery })) {
    if (!(value >= 0))
      throw new TypeError(
        `jsonlSink: expected option \`${name}\` to be a number >= 0, got ${String(value)} (${typeof value})`,
      );
  }
  let file: number | null = null;
  let waiting: string[] = [];
  let bytes = 0;
  let dropped = 0;
  let broken = false;
  let torn = false;
  let timer: ReturnType<typeof setTimeout> | null = null;

  let header: string | null = null;

  const complain = (what: string): void => {
    if (!broken) warn(`steepest: ${path}: ${what}`);
    broken = true;
  };
  const writeOut = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (waiting.length === 0) return;
    const lines = waiting;
    waiting = [];
    bytes = 0;
    try {
      if (file !== null && fstatSync(file).nlink === 0) {
        // The file, or the folder around it, was removed: what is written now would be lost without a word.
        closeSync(file);
        file = null;
        complain('it was removed, and is begun anew');
        if (header !== null) lines.unshift(header);
      }
      if (file === null) {
        mkdirSync(dirname(path), { recursive: true });
        file = openSync(path, 'a');
      }
      // What a failed write left of a line is ended first.
      writeWhole(file, `${torn ? '\n' : ''}${lines.join('')}`);
      torn = false;
    } catch (fault) {
      dropped += lines.length;
      torn = true;
      complain(`it can't be written, and the training goes on without it: ${messageOf(fault)}`);
    }
  };
  const put = (line: object): void => {
    const text = `${JSON.stringify(line)}\n`;
    waiting.push(text);
    bytes += text.length;
    if (bytes >= bufferBytes) writeOut();
    else if (timer === null) {
      timer = setTimeout(writeOut, flushEvery);
      // A finished program does not wait for it; `close` writes the rest.
      timer.unref();
    }
  };
  return {
    name: path,
    get dropped() {
      return dropped;
    },
    start: (line) => {
      header = `${JSON.stringify(line)}\n`;
      put(line);
    },
    write: (line: RunLine) => {
      put(line);
    },
    flush: () => {
      writeOut();
      return Promise.resolve();
    },
    close: () => {
      writeOut();
      if (file !== null) {
        try {
          fsyncSync(file);
        } catch {
          // Pipes and some devices can't be synced, and need not be.
        }
        closeSync(file);
        file = null;
      }
      return Promise.resolve();
    },
  };
}

/** `write` may take less than it is given. */
function writeWhole(file: number, text: string): void {
  const data = Buffer.from(text, 'utf8');
  for (let done = 0; done < data.length;) done += writeSync(file, data, done);
}
