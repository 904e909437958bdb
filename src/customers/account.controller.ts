/** Where I am logged in, and my password. */
import { Body, Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import { IsString, MaxLength, MinLength } from 'class-validator';
import { CurrentUser, type User } from '../platform/http/auth.decorators.js';
import { ReadsFrom } from '../platform/http/ledger-position.js';
import { Sensitive } from '../platform/http/request-limits.js';
import { refuse } from '../platform/refusal.js';
import { PASSWORD_MAX, PASSWORD_MIN } from './customers.controller.js';
import { IdentityStore } from './identity/identity.store.js';
import { SessionStore } from './identity/session.store.js';

class SessionView {
  @ApiProperty() readonly sessionId!: string;
  @ApiProperty({ example: 'Firefox on Linux' }) readonly device!: string;
  @ApiProperty({ description: 'The one that asks.' }) readonly current!: boolean;
  @ApiProperty({ format: 'date-time' }) readonly createdAt!: string;
  @ApiProperty({ format: 'date-time' }) readonly usedAt!: string;
  @ApiProperty({ format: 'date-time', description: 'Unless it is used before.' }) readonly expiresAt!: string;
}

class SessionsView {
  @ApiProperty({ type: [SessionView] }) readonly items!: SessionView[];
}

class SessionRef {
  @ApiProperty() readonly sessionId!: string;
}

class NewPassword {
  @ApiProperty() @IsString() @MaxLength(PASSWORD_MAX) readonly currentPassword!: string;
  @ApiProperty({ minLength: PASSWORD_MIN }) @IsString() @MinLength(PASSWORD_MIN) @MaxLength(PASSWORD_MAX) readonly newPassword!: string;
}

class PasswordChanged {
  @ApiProperty() readonly customerId!: string;
}

@ApiTags('account')
@ApiBearerAuth()
@Controller('api/v1/account')
export class AccountController {
  constructor(
    private readonly people: IdentityStore,
    private readonly sessions: SessionStore,
  ) {}

  @Get('sessions')
  @ReadsFrom()
  @ApiOperation({ summary: 'Where I am logged in, the last used first' })
  @ApiOkResponse({ type: SessionsView })
  async list(@CurrentUser() user: User): Promise<SessionsView> {
    const sessions = await this.sessions.of(user.id, new Date());
    return { items: sessions.map((session) => ({ ...session, current: session.sessionId === user.sessionId })) };
  }

  @Delete('sessions/:sessionId')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Logs me out there',
    description: 'An access token that was given out before counts for what is left of its 15 minutes.',
  })
  @ApiOkResponse({ type: SessionRef })
  @ApiResponse({ status: 404, description: 'NOT_FOUND' })
  async end(@CurrentUser() user: User, @Param('sessionId', ParseUUIDPipe) sessionId: string): Promise<SessionRef> {
    if (!(await this.sessions.end(user.id, sessionId, new Date()))) throw refuse('NOT_FOUND', 404, 'You are not logged in there.');
    return { sessionId };
  }

  @Sensitive()
  @Post('password')
  @HttpCode(200)
  @ApiOperation({ summary: 'Changes my password and logs me out everywhere else' })
  @ApiOkResponse({ type: PasswordChanged })
  @ApiResponse({ status: 422, description: 'PASSWORD_WRONG' })
  async changePassword(@CurrentUser() user: User, @Body() { currentPassword, newPassword }: NewPassword): Promise<PasswordChanged> {
    if (!(await this.people.changePassword(user.id, currentPassword, newPassword)))
      throw refuse('PASSWORD_WRONG', 422, 'The current password is wrong.');
    await this.sessions.endOthers(user.id, { sessionId: user.sessionId, reason: 'password' }, new Date());
    return { customerId: user.id };
  }
}
