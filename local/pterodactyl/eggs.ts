/** The eggs of all eleven games, with the ids and the facts of the panel that is sold from. Ids of variables follow from their place. */
import { createHash } from 'node:crypto';
import type { Egg, EggSpec } from './egg.js';
import { smallEggs } from './eggs.small.js';
import { steamEggs } from './eggs.steam.js';

export interface Nest {
  readonly id: number;
  readonly uuid: string;
  readonly name: string;
  readonly description: string;
}

export const EGG_AUTHOR = 'eggs@panel.example';

/** A stable version-4-shaped id from a name, so that eggs keep theirs over every fresh start. */
export const uuidFrom = (name: string): string => {
  const hex = createHash('sha256').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

const nest = (id: number, name: string, description: string): Nest => ({ id, name, description, uuid: uuidFrom(`nest ${id}`) });

export const nests: readonly Nest[] = [
  nest(1, 'Minecraft', 'Servers for Minecraft.'),
  nest(2, 'Source Engine', 'Games distributed through Steam.'),
  nest(3, 'Voice Servers', 'Voice chat.'),
  nest(4, 'Rust', 'Servers for Rust.'),
  nest(5, 'Games', 'Everything else that is played.'),
];

const VARIABLES_PER_EGG_MAX = 100;

const complete = (spec: EggSpec): Egg => ({
  ...spec,
  uuid: uuidFrom(`egg ${spec.id} ${spec.name}`),
  description: `Runs ${spec.name}.`,
  installImage: 'ghcr.io/ptero-eggs/installers:debian',
  variables: spec.variables.map((variable, index) => ({ ...variable, id: spec.id * VARIABLES_PER_EGG_MAX + index + 1 })),
});

export const eggs: readonly Egg[] = [...smallEggs, ...steamEggs].map(complete).sort((a, b) => a.id - b.id);

export const eggById = (id: number): Egg | undefined => eggs.find((egg) => egg.id === id);
