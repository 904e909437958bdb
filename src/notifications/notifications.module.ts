/** What customers are told, by mail. */
import { Module } from '@nestjs/common';
import { Settings } from '../platform/config/settings.js';
import { Mailer } from './mailer.js';
import { notificationHandlers } from './notification.handlers.js';
import { NotificationProcess } from './notification.process.js';
import { NotificationsController } from './notifications.controller.js';

@Module({
  controllers: [NotificationsController],
  providers: [
    ...notificationHandlers,
    NotificationProcess,
    {
      provide: Mailer,
      inject: [Settings],
      useFactory: (settings: Settings) => new Mailer({ url: settings.SMTP_URL, from: settings.MAIL_FROM }),
    },
  ],
  exports: [Mailer, NotificationProcess],
})
export class NotificationsModule {}
