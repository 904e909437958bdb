/** Customers: who they are, and the panel account that is theirs. */
import { Global, Module } from '@nestjs/common';
import { Settings } from '../platform/config/settings.js';
import { dashboardUrl, publicUrl } from '../platform/config/derived.js';
import { AccountController } from './account.controller.js';
import { AuthController } from './auth.controller.js';
import { customerHandlers } from './customer.handlers.js';
import { PanelAccountOfHandler } from './customer.queries.js';
import { DetailChanges } from './detail-changes.js';
import { EmailController } from './email.controller.js';
import { EmailDesk } from './email.desk.js';
import { CustomersController } from './customers.controller.js';
import { IdentityStore } from './identity/identity.store.js';
import { NotificationsModule } from '../notifications/notifications.module.js';
import { NoteStore } from './identity/note.store.js';
import { ServerNameStore } from './identity/server-name.store.js';
import { DetailChangeStore } from './identity/detail-change.store.js';
import { EmailCodeStore, PanelCodeStore } from './identity/mailed-code.store.js';
import { PasswordStore } from './identity/password.store.js';
import { SessionStore } from './identity/session.store.js';
import { Sealing } from './identity/sealing.js';
import { PanelAccountController } from './panel-account.controller.js';
import { PanelAccountDesk } from './panel-account.desk.js';
import { PanelAccountFollower } from './panel-account.follower.js';
import { PanelAccountRunner } from './panel-account.runner.js';
import { PanelPasswordController } from './panel-password.controller.js';
import { PanelPasswordDesk } from './panel-password.desk.js';
import { PanelPasswordProcess } from './panel-password.process.js';
import { SessionDesk, SessionRules } from './session.desk.js';
import { SignUp } from './sign-up.js';

const rulesOf = (settings: Settings): SessionRules => ({
  secure: settings.NODE_ENV === 'production',
  origins: [publicUrl(settings), dashboardUrl(settings), ...settings.CORS_ORIGINS].map((url) => new URL(url).origin),
});

/** Global because placing orders and creating servers need a person's e-mail and configuration. */
@Global()
@Module({
  imports: [NotificationsModule],
  controllers: [AccountController, AuthController, CustomersController, EmailController, PanelAccountController, PanelPasswordController],
  providers: [
    ...customerHandlers,
    PanelAccountOfHandler,
    DetailChanges,
    DetailChangeStore,
    EmailCodeStore,
    EmailDesk,
    PanelAccountDesk,
    PanelAccountFollower,
    PanelAccountRunner,
    PanelCodeStore,
    SignUp,
    IdentityStore,
    NoteStore,
    ServerNameStore,
    PanelPasswordDesk,
    PanelPasswordProcess,
    PasswordStore,
    SessionDesk,
    SessionStore,
    { provide: SessionRules, inject: [Settings], useFactory: rulesOf },
    { provide: Sealing, inject: [Settings], useFactory: (settings: Settings) => new Sealing(settings.IDENTITY_KEY) },
  ],
  exports: [
    DetailChanges,
    DetailChangeStore,
    IdentityStore,
    NoteStore,
    ServerNameStore,
    PanelAccountDesk,
    PanelPasswordProcess,
    SessionStore,
    SignUp,
  ],
})
export class CustomersModule {}
