/** The game's settings as they are filled in, and what is wrong with them: said once a field is left, or when one wants to go on. */
import { useState } from 'react';
import { problemOf } from '../api/problem.js';
import type { GameView } from '../api/queries.js';
import { brokenRule, wordsOfRule } from './setting-rules.js';

type Texts = Readonly<Record<string, string>>;

export interface Settings {
  readonly values: Texts;
  /** Without what was left empty. */
  readonly chosen: Record<string, string>;
  change(variable: string, value: string): void;
  leave(variable: string): void;
  problemOf(variable: string): string | undefined;
  /** Whether one may go on; else all that is wrong is shown, and the first of it is gone to. */
  check(): boolean;
  /** Takes in what the API finds wrong. */
  refuse(error: unknown): void;
}

const kept = new Map<string, Texts>();
const FIELD = /^configuration[.]/;

export const settingId = (variable: string): string => `setting-${variable}`;

const without = (texts: Texts, name: string): Texts => Object.fromEntries(Object.entries(texts).filter(([other]) => other !== name));

/** What is typed outlives a login, in memory only, since a server's password may be among it. */
export const useSettings = ({ id, configuration }: GameView): Settings => {
  const [values, setValues] = useState<Texts>(() => kept.get(id) ?? {});
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [refused, setRefused] = useState<Texts>({});
  const broken = new Map(
    configuration.flatMap((field) => {
      const rule = brokenRule(field, values[field.variable] ?? '') ?? refused[field.variable];
      return rule === undefined ? [] : [[field.variable, wordsOfRule(field, rule)] as const];
    }),
  );
  const showAll = (): void => setLeft(new Set(configuration.map(({ variable }) => variable)));
  return {
    values,
    chosen: Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== '')),
    change: (variable, value) => {
      const next = { ...values, [variable]: value };
      kept.set(id, next);
      setValues(next);
      setRefused(without(refused, variable));
    },
    leave: (variable) => setLeft(new Set([...left, variable])),
    problemOf: (variable) => (left.has(variable) ? broken.get(variable) : undefined),
    check: () => {
      const [first] = broken.keys();
      if (first === undefined) return true;
      showAll();
      document.getElementById(settingId(first))?.focus();
      return false;
    },
    refuse: (error) => {
      const fields = Object.entries(problemOf(error).fields).filter(([name]) => FIELD.test(name));
      setRefused(Object.fromEntries(fields.map(([name, rule]) => [name.replace(FIELD, ''), rule])));
      showAll();
    },
  };
};
