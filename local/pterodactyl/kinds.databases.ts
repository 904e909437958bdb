/** How a server's database is shown: its password only to whom asks for it. */
import type { Kind } from './present.js';
import type { DatabaseRow } from './records.js';

/** The only one; the Application API has no way to list hosts. */
export const DATABASE_HOST = { id: 1, name: 'mysql-1', host: '192.0.2.30', port: 3306, username: 'pterodactyluser', node: null };

export const databaseKind: Kind<DatabaseRow> = {
  object: 'server_database',
  attributes: ({ password: _password, ...row }) => row,
  relations: () => ({
    password: {
      resource: 'server_databases',
      load: ({ password }) => ({ object: 'database_password', attributes: { password } }),
    },
    host: { resource: 'database_hosts', load: () => ({ object: 'database_host', attributes: DATABASE_HOST }) },
  }),
};
