/** Eggs of the games that install in seconds to minutes and need one port. */
import type { EggSpec } from './egg.js';
import { hidden, variable, YOLKS } from './egg.js';

const images = (prefix: string, label: string, versions: readonly string[]): Record<string, string> =>
  Object.fromEntries(versions.map((version) => [`${label} ${version}`, `${YOLKS}:${prefix}${version}`]));

const debian = { Debian: `${YOLKS}:debian` };

const TRUTH = 'required|string|in:true,false';

export const smallEggs: readonly EggSpec[] = [
  {
    id: 39,
    nest: 1,
    name: 'Paper',
    docker_images: images('java_', 'Java', ['25', '22', '21', '17', '16', '11', '8']),
    startup: 'java -Xms128M -XX:MaxRAMPercentage=95.0 -Dterminal.jline=false -Dterminal.ansi=true -jar {{SERVER_JARFILE}}',
    stop: 'stop',
    done: ')! For help, type ',
    variables: [
      variable('MINECRAFT_VERSION', ['latest', 'nullable|string|max:20']),
      variable('SERVER_JARFILE', ['server.jar', 'required|regex:/^([\\w\\d._-]+)(\\.jar)$/'], 'Server Jar File'),
      hidden('DL_PATH', ['', 'nullable|string'], 'Download Path'),
      variable('BUILD_NUMBER', ['latest', 'required|string|max:20']),
    ],
  },
  {
    id: 34,
    nest: 5,
    name: 'Impostor',
    docker_images: images('dotnet_', 'Dotnet', ['8', '7', '6']),
    startup: './Impostor.Server',
    stop: '^C',
    done: 'Matchmaker is listening on',
    variables: [variable('VERSION', ['latest', 'required|string|max:30'])],
  },
  {
    id: 16,
    nest: 5,
    name: 'Terraria Vanilla',
    docker_images: debian,
    startup: './TerrariaServer.bin.x86_64 -config serverconfig.txt',
    stop: 'exit',
    done: "Type 'help' for a list of commands",
    variables: [
      variable('TERRARIA_VERSION', ['latest', 'required|string|max:20']),
      variable('WORLD_NAME', ['world', 'required|string|max:20']),
      variable('MAX_PLAYERS', ['8', 'required|numeric']),
      variable('WORLD_SIZE', ['1', 'required|numeric|in:1,2,3']),
      variable('WORLD_DIFFICULTY', ['3', 'required|numeric|in:0,1,2,3']),
      variable('SERVER_MOTD', ['Welcome!', 'required|string|max:128'], 'Server Message'),
      variable('WORLD_SEED', ['', 'nullable|string']),
      variable('PASSWORD', ['', 'nullable|string|max:32']),
      variable('NPCSTREAM', ['0', 'required|numeric|between:0,60'], 'NPC Stream'),
    ],
  },
  {
    id: 21,
    nest: 5,
    name: 'Factorio',
    docker_images: debian,
    startup: './bin/x64/factorio --port {{SERVER_PORT}} --server-settings data/server-settings.json --start-server saves/{{SAVE_NAME}}.zip',
    stop: '/quit',
    done: 'Hosting game at',
    variables: [
      variable('FACTORIO_VERSION', ['latest', 'required|string|between:3,12']),
      variable('MAX_SLOTS', ['20', 'required|numeric']),
      variable('SAVE_NAME', ['gamesave', 'alpha_dash|between:1,100']),
      variable('SERVER_TOKEN', ['undefined', 'alpha_num|max:100']),
      variable('SERVER_NAME', ['Factorio Server', 'required|string|max:100']),
      variable('SERVER_DESC', ['Description', 'required|string|max:200'], 'Server Description'),
      variable('SERVER_USERNAME', ['unnamed', 'required|string|max:40']),
      variable('SAVE_INTERVAL', ['10', 'required|numeric']),
      variable('SAVE_SLOTS', ['5', 'required|numeric']),
      variable('AFK_KICK', ['0', 'required|numeric'], 'AFK Kick'),
    ],
  },
  {
    id: 29,
    nest: 5,
    name: 'Mindustry',
    docker_images: { 'Java 11': `${YOLKS}:java_11` },
    startup: 'java -jar server-release.jar config name {{SERVER_NAME}},config port {{SERVER_PORT}},host {{MAPNAME}}',
    stop: 'exit',
    done: 'Server loaded. ',
    variables: [
      variable('VERSION', ['latest', 'required|string|max:20']),
      variable('SERVER_NAME', ['Mindustry', 'required|string|max:40']),
      variable('MAPNAME', ['Tendrils', 'required|string|max:40'], 'Map'),
    ],
  },
  {
    id: 26,
    nest: 5,
    name: 'Rimworld: Open World',
    docker_images: images('dotnet_', 'Dotnet', ['3.1', '6']),
    startup: './"Open World Server"',
    stop: 'exit',
    done: ' Server Launched',
    variables: [
      variable('VERSION', ['latest', 'required|string|max:8']),
      variable('MAX_PLAYERS', ['10', 'required|numeric']),
      variable('ENFORCE_MODS', ['false', TRUTH]),
      variable('USE_MOD_BLACKLIST', ['false', TRUTH]),
      variable('USE_CUSTOM_DIFF', ['false', TRUTH], 'Use Custom Difficulty'),
      variable('WHITELIST', ['false', TRUTH]),
      variable('CUSTOM_SCEN', ['false', TRUTH], 'Custom Scenarios'),
      variable('PLAYER_VERSION', ['1.2', 'required|string|max:8']),
    ],
  },
  {
    id: 32,
    nest: 5,
    name: 'Vintage Story',
    docker_images: images('dotnet_', 'Dotnet', ['8', '9', '10']),
    startup: './VintagestoryServer --dataPath ./data --port={{SERVER_PORT}} --maxclients={{MAX_CLIENTS}} {{OPTIONS}}',
    stop: '/stop',
    done: 'Dedicated Server now running on Port ',
    variables: [
      variable('FILES_BRANCH', ['stable', 'required|string|in:stable,unstable,pre']),
      variable('RELEASE_VERSION', ['latest', 'required|string|max:20']),
      variable('MAX_CLIENTS', ['16', 'required|integer|max:256']),
      variable('OPTIONS', ['', 'nullable|string']),
      hidden('SQLITE_TMPDIR', ['/home/container/data/Backups', 'required|string']),
    ],
  },
  {
    id: 33,
    nest: 5,
    name: 'Teeworlds',
    docker_images: debian,
    startup: './teeworlds_srv "sv_port {{SERVER_PORT}}" "sv_name {{SERVER_NAME}}" "sv_motd {{SERVER_MOTD}}"',
    stop: '^C',
    done: 'as master, sending heartbeats',
    variables: [
      variable('SERVER_NAME', ['A Teeworlds Server', 'nullable|string|max:100']),
      variable('SERVER_MOTD', ['Welcome!', 'nullable|string|max:200'], 'Server Message'),
    ],
  },
];
