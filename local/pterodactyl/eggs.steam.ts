/** Eggs of the games that install through Steam: several ports, secrets of their own, tens of gigabytes. */
import type { EggSpec } from './egg.js';
import { hidden, variable } from './egg.js';

const rust: EggSpec = {
  id: 50,
  nest: 4,
  name: 'Rust',
  docker_images: { 'ghcr.io/pterodactyl/games:rust': 'ghcr.io/pterodactyl/games:rust' },
  startup:
    './RustDedicated -batchmode +server.port {{SERVER_PORT}} +server.queryport {{QUERY_PORT}} +rcon.port {{RCON_PORT}} +app.port {{APP_PORT}} +rcon.password "{{RCON_PASS}}" +server.hostname "{{HOSTNAME}}" +server.level "{{LEVEL}}" +server.worldsize "{{WORLD_SIZE}}" +server.maxplayers {{MAX_PLAYERS}} +server.saveinterval {{SAVEINTERVAL}} {{ADDITIONAL_ARGS}}',
  stop: 'quit',
  done: 'Server startup complete',
  variables: [
    variable('HOSTNAME', ['A Rust Server', 'required|string|max:60'], 'Server Name'),
    variable('FRAMEWORK', ['vanilla', 'required|in:vanilla,oxide,carbon'], 'Modding Framework'),
    variable('LEVEL', ['Procedural Map', 'required|string|max:20']),
    variable('DESCRIPTION', ['Powered by Pterodactyl', 'required|string']),
    variable('SERVER_URL', ['', 'nullable|url'], 'URL'),
    variable('WORLD_SIZE', ['3000', 'required|integer']),
    variable('WORLD_SEED', ['', 'nullable|string']),
    variable('MAX_PLAYERS', ['40', 'required|integer']),
    variable('SERVER_IMG', ['', 'nullable|url'], 'Server Image'),
    hidden('QUERY_PORT', ['27017', 'required|integer']),
    hidden('RCON_PORT', ['28016', 'required|integer'], 'RCON Port'),
    variable('RCON_PASS', ['', 'required|regex:/^[\\w.-]*$/|max:64'], 'RCON Password'),
    variable('SAVEINTERVAL', ['60', 'required|integer'], 'Save Interval'),
    variable('ADDITIONAL_ARGS', ['', 'nullable|string'], 'Additional Arguments'),
    hidden('APP_PORT', ['28082', 'required|integer']),
    variable('SERVER_LOGO', ['', 'nullable|url']),
    variable('MAP_URL', ['', 'nullable|url'], 'Custom Map URL'),
  ],
};

const palworld: EggSpec = {
  id: 15,
  nest: 5,
  name: 'Palworld',
  docker_images: { 'ghcr.io/ptero-eggs/steamcmd:debian': 'ghcr.io/ptero-eggs/steamcmd:debian' },
  startup: './PalServer.sh -port={{SERVER_PORT}} -players={{MAX_PLAYERS}} -servername="{{SERVER_NAME}}"',
  stop: '^C',
  done: 'Setting breakpad minidump AppID = 2394010',
  variables: [
    hidden('SRCDS_APPID', ['2394010', 'required|string|in:2394010'], 'Steam App ID'),
    variable('AUTO_UPDATE', ['1', 'required|boolean']),
    variable('MAX_PLAYERS', ['32', 'required|numeric|between:1,32']),
    variable('SERVER_NAME', ['A Palworld Server', 'required|string|max:64']),
    variable('SERVER_DESCRIPTION', ['', 'nullable|string']),
    variable('SERVER_PASSWORD', ['', 'nullable|alpha_dash']),
    variable('ADMIN_PASSWORD', ['', 'required|alpha_dash|between:1,30']),
    hidden('RCON_PORT', ['25575', 'required|numeric'], 'RCON Port'),
    hidden('RCON_ENABLE', ['True', 'required|string|in:True'], 'RCON Enable'),
    variable('ALLOW_CONNECT_PLATFORM', ['Steam', 'required|string|in:Steam,Xbox']),
    hidden('PUBLIC_IP', ['', 'nullable|string'], 'Public IP'),
  ],
};

const ark: EggSpec = {
  id: 14,
  nest: 2,
  name: 'Ark: Survival Evolved',
  docker_images: { 'ghcr.io/ptero-eggs/games:source': 'ghcr.io/ptero-eggs/games:source' },
  startup:
    './ShooterGameServer {{SERVER_MAP}}?listen?SessionName="{{SESSION_NAME}}"?ServerPassword={{ARK_PASSWORD}}?ServerAdminPassword={{ARK_ADMIN_PASSWORD}}?Port={{SERVER_PORT}}?RCONPort={{RCON_PORT}}?QueryPort={{QUERY_PORT}}?MaxPlayers={{MAX_PLAYERS}} {{ARGS}}',
  stop: '^C',
  done: 'Waiting commands for 127.0.0.1:',
  variables: [
    variable('ARK_PASSWORD', ['', 'nullable|alpha_dash|between:1,100'], 'Server Password'),
    variable('ARK_ADMIN_PASSWORD', ['PleaseChangeMe', 'required|alpha_dash|between:1,100'], 'Admin Password'),
    variable('SERVER_MAP', ['TheIsland', 'required|string|max:20']),
    variable('SESSION_NAME', ['A Pterodactyl Hosted ARK Server', 'required|string|max:128'], 'Server Name'),
    hidden('RCON_PORT', ['27020', 'required|numeric'], 'RCON Port'),
    hidden('QUERY_PORT', ['27015', 'required|numeric']),
    variable('AUTO_UPDATE', ['1', 'required|boolean|in:0,1']),
    variable('BATTLE_EYE', ['1', 'required|boolean|in:0,1']),
    hidden('SRCDS_APPID', ['376030', 'nullable|numeric'], 'Steam App ID'),
    variable('ARGS', ['', 'nullable|string'], 'Additional Arguments'),
    variable('MOD_ID', ['', 'nullable|regex:/^[0-9,]*$/'], 'Mods'),
    variable('MAX_PLAYERS', ['12', 'numeric']),
    hidden('SRCDS_BETAID', ['', 'nullable|string'], 'Beta Branch'),
  ],
};

export const steamEggs: readonly EggSpec[] = [ark, palworld, rust];
