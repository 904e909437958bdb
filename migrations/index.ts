/** Every migration, oldest first: one line each. */
import { Engine1795000000000 } from './1795000000000-engine.js';
import { Identity1795000000001 } from './1795000000001-identity.js';
import { Alerts1795000000002 } from './1795000000002-alerts.js';
import { ParkedRequests1795000000003 } from './1795000000003-parked-requests.js';
import { Rebuild1795000000010 } from './1795000000010-rebuild.js';
import { OldRequestKeys1795000000020 } from './1795000000020-old-request-keys.js';
import { Built1795000000030 } from './1795000000030-built.js';
import { Notes1795000000040 } from './1795000000040-notes.js';
import { PanelCodes1795000000070 } from './1795000000070-panel-codes.js';
import { StripeSweep1795000000050 } from './1795000000050-stripe-sweep.js';
import { PanelPasswords1795000000080 } from './1795000000080-panel-passwords.js';
import { Sessions1795000000100 } from './1795000000100-sessions.js';
import { ServerNames1795000000110 } from './1795000000110-server-names.js';
import { NoteDeeds1795000000130 } from './1795000000130-note-deeds.js';
import { PanelUsernames1795000000135 } from './1795000000135-panel-usernames.js';
import { DetailChanges1795000000160 } from './1795000000160-detail-changes.js';

export const migrations = [
  Engine1795000000000,
  Identity1795000000001,
  Alerts1795000000002,
  ParkedRequests1795000000003,
  Rebuild1795000000010,
  OldRequestKeys1795000000020,
  Built1795000000030,
  Notes1795000000040,
  StripeSweep1795000000050,
  PanelCodes1795000000070,
  PanelPasswords1795000000080,
  Sessions1795000000100,
  ServerNames1795000000110,
  NoteDeeds1795000000130,
  PanelUsernames1795000000135,
  DetailChanges1795000000160,
];
