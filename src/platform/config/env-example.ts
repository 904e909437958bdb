/**
 * The text of `.env.example`, made from the schema. After a change:
 * `npm run build && node -e "import('./dist/src/platform/config/env-example.js').then((m) => process.stdout.write(m.envExample()))" > .env.example`
 */
import { declaredSettings, type Group, type SettingDeclaration } from './setting.js';
import './settings.js';

const HEAD = `# Every setting of the ledger, with its default. Copy what you change and remove its "#"; an empty value counts as not set.
# With "npm start" everything marked "required" is made or started locally when it is absent.`;

const GROUPS: readonly Group[] = ['Process', 'HTTP', 'Data', 'Stripe', 'Service', 'Panel', 'People'];

const remarks = (setting: SettingDeclaration): string[] => [
  ...(setting.default === undefined && !setting.optional ? ['required'] : []),
  ...(setting.requiredInProduction ? ['required in production'] : []),
  ...(setting.refusedInProduction ? ['refused in production'] : []),
  ...(setting.secret ? ['secret'] : []),
  ...(setting.aliases ?? []).map((alias) => `also read as ${alias}`),
];

const entry = (setting: SettingDeclaration): string => {
  const notes = remarks(setting);
  const about = notes.length > 0 ? ` (${notes.join(', ')})` : '';
  return `# ${setting.doc}${about}\n#${setting.name}=${setting.default ?? ''}`;
};

export const envExample = (): string => {
  const parts = GROUPS.map((group) => {
    const settings = declaredSettings().filter((setting) => setting.group === group);
    return `# --- ${group} ---\n${settings.map(entry).join('\n')}`;
  });
  return `${[HEAD, ...parts].join('\n\n')}\n`;
};
