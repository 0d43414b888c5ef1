/**
 * The environment of a running daemon: /proc/PID/environ with its zero bytes, or as lines. It is what the daemon
 * has, whatever unit files say.
 */
import type { Output } from './statements.js';
import type { SectionReader } from './systemctl-status.js';
import { exporterOf, isTracing, productNamedIn, programOf } from './units.js';

const VARIABLE = /^[A-Z_][A-Z0-9_]{0,80}=/;
const VARIABLES_LIMIT = 1_024;

/** `lines`: of the whole document. */
export function environmentReader(
  source: string,
  lines: readonly string[],
  newOutput: () => Output,
): SectionReader {
  let variables: { readonly text: string; readonly line: number }[] = [];
  let above = '';
  let command = '';

  function end(): void {
    if (variables.length === 0) return;
    const texts = variables.map(({ text }) => text);
    const product = productOf(texts, command, source) ?? (isAll(texts, lines) ? 'dockerd' : null);
    const tracing = variables.find(({ text }) => isTracing(text));
    // Nothing is known by what a part of an environment does not hold.
    const whole = texts.some((text) => text.startsWith('PATH='));
    const proof = tracing ?? (whole ? variables[0] : undefined);
    if (product !== null && proof !== undefined) {
      const output = newOutput();
      output.setting(product, 'otel-exporter', exporterOf(texts), proof.line);
      output.end({ program: programOf(product) });
    }
    variables = [];
  }

  return {
    end,
    read(text, line) {
      if (!text.includes('=')) {
        end();
        if (text.trim() !== '') above = text;
        return false;
      }
      const own = text.includes('\0') ? text.split('\0').filter((word) => word !== '') : [text];
      if (!own.every((word) => VARIABLE.test(word))) {
        end();
        above = text;
        return false;
      }
      if (variables.length === 0) {
        command = above.slice(0, 1_024);
        above = '';
      }
      for (const word of own) if (variables.length < VARIABLES_LIMIT) variables.push({ text: word, line });
      return true;
    },
  };
}

function productOf(variables: readonly string[], command: string, source: string): string | null {
  if (variables.length === 0) return null;
  // What systemd hands to dockerd with its socket.
  if (variables.includes('LISTEN_FDNAMES=docker.socket')) return 'dockerd';
  return productNamedIn(command) ?? productNamedIn(source);
}

/**
 * True where the document is nothing but `grep OTEL` over an environment, and a command above it: that is asked
 * of nobody but dockerd. Other programs print theirs into logs.
 */
function isAll(variables: readonly string[], lines: readonly string[]): boolean {
  if (lines.length > 64 || !variables.every((text) => text.startsWith('OTEL_'))) return false;
  return lines.filter((line) => line.trim() !== '').length <= variables.length + 1;
}
