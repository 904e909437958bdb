/** What customers were told, and another try for what could not be told. */
import { Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import { IsIn, IsOptional, IsUUID } from 'class-validator';
import type { NotificationStatus } from '../../projections/notifications/notifications.projection.js';
import { ListNotifications } from '../../projections/notifications/notifications.query.js';
import { Roles } from '../platform/http/auth.decorators.js';
import { Caller, type Asker } from '../platform/http/caller.js';
import { ReadsFrom } from '../platform/http/ledger-position.js';
import { DaysRequest, pageView } from '../platform/http/paging.js';
import { RetryNotification } from './notification.commands.js';
import type { Notice } from './notification.events.js';

const STATUSES: NotificationStatus[] = ['due', 'sending', 'sent', 'dropped', 'failed'];

const KIND: Readonly<Record<Notice['kind'], true>> = {
  ...{ ready: true, late: true, paymentFailed: true, reminder: true, grace: true, suspended: true, resumed: true },
  ...{ refunded: true, cancellationScheduled: true, ended: true, emailChanged: true },
};
const KINDS = Object.keys(KIND);

class NotificationsRequest extends DaysRequest {
  @ApiPropertyOptional({ description: 'To whom.' }) @IsOptional() @IsUUID() readonly customerId?: string;
  @ApiPropertyOptional({ enum: KINDS }) @IsOptional() @IsIn(KINDS) readonly kind?: Notice['kind'];
  @ApiPropertyOptional() @IsOptional() @IsUUID() readonly orderId?: string;
  @ApiPropertyOptional({ enum: STATUSES }) @IsOptional() @IsIn(STATUSES) readonly status?: NotificationStatus;
}

class NotificationRef {
  @ApiProperty() readonly notificationId!: string;
}
class NotificationView extends NotificationRef {
  @ApiProperty({ type: String, nullable: true, description: 'Null for a message about an account.' }) readonly orderId!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Of a message about an account: whose.' }) readonly customerId!: string | null;
  @ApiProperty({ enum: KINDS }) readonly kind!: string;
  @ApiProperty({ enum: STATUSES }) readonly status!: string;
  @ApiProperty({ type: String, nullable: true }) readonly code!: string | null;
  @ApiProperty() readonly attempts!: number;
  @ApiProperty({ type: String, nullable: true }) readonly dueAt!: string | null;
  @ApiProperty() readonly intendedAt!: string;
  @ApiProperty({ type: String, nullable: true }) readonly settledAt!: string | null;
}
class NotificationsPage extends pageView(NotificationView) {}

@ApiTags('operators')
@ApiBearerAuth()
@Roles('operator')
@ApiResponse({ status: 403, description: 'FORBIDDEN: not an operator' })
@Controller('api/v1/ops/notifications')
export class NotificationsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @ReadsFrom('notifications', 'order-list')
  @ApiOperation({ summary: 'Messages to customers, newest first, with what became of them' })
  @ApiOkResponse({ type: NotificationsPage })
  @ApiResponse({ status: 422, description: 'VALIDATION_FAILED, CURSOR_INVALID' })
  async list(@Query() wish: NotificationsRequest): Promise<NotificationsPage> {
    return this.queries.execute(new ListNotifications(wish));
  }

  @Post(':notificationId/retry')
  @HttpCode(202)
  @ApiOperation({ summary: 'Tries a message again that was given up' })
  @ApiAcceptedResponse({ type: NotificationRef })
  @ApiResponse({ status: 404, description: 'NOTIFICATION_UNKNOWN' })
  @ApiResponse({ status: 409, description: 'NOTIFICATION_NOT_FAILED' })
  async retry(
    @Caller() { id, commandId }: Asker,
    @Param('notificationId', ParseUUIDPipe) notificationId: string,
  ): Promise<NotificationRef> {
    const context = { commandId, causationId: commandId, actor: { kind: 'ops', id } } as const;
    await this.commands.execute(new RetryNotification(notificationId, context));
    return { notificationId };
  }
}
