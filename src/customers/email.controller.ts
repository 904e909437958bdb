/** Customers change their e-mail address. */
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import { IsEmail, IsString, MaxLength, MinLength } from 'class-validator';
import { CurrentUser, Roles, type User } from '../platform/http/auth.decorators.js';
import { Caller, type Asker } from '../platform/http/caller.js';
import { Sensitive } from '../platform/http/request-limits.js';
import { EMAIL_MAX, PASSWORD_MAX } from './customers.controller.js';
import { EmailDesk } from './email.desk.js';

const CODE_CHARS_MAX = 32;

class NewEmail {
  @ApiProperty({ example: 'someone@example.com' }) @IsEmail() @MaxLength(EMAIL_MAX) readonly email!: string;
  @ApiProperty({ description: 'The one that counts now.' }) @IsString() @MaxLength(PASSWORD_MAX) readonly password!: string;
}

class EmailCode {
  @ApiProperty({ description: 'As it was mailed.' }) @IsString() @MinLength(1) @MaxLength(CODE_CHARS_MAX) readonly code!: string;
}

class EmailAsked {
  @ApiProperty() readonly customerId!: string;
}

@ApiTags('customers')
@ApiBearerAuth()
@Roles('customer')
@Controller('api/v1/me/email')
export class EmailController {
  constructor(private readonly desk: EmailDesk) {}

  @Post()
  @Sensitive()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Mails a code to the e-mail address that is to be mine',
    description: 'The answer is the same for an address that somebody else has; then a mail there says so, and there is no code.',
  })
  @ApiAcceptedResponse({ type: EmailAsked })
  @ApiResponse({ status: 409, description: 'CODE_SENT_ALREADY' })
  @ApiResponse({ status: 422, description: 'PASSWORD_WRONG, EMAIL_UNCHANGED, VALIDATION_FAILED' })
  @ApiResponse({ status: 503, description: 'MAIL_UNAVAILABLE' })
  async sendCode(@CurrentUser() { id: customerId }: User, @Body() wish: NewEmail): Promise<EmailAsked> {
    await this.desk.sendCode(customerId, wish);
    return { customerId };
  }

  @Post('confirm')
  @Sensitive()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Shows the code: the address is mine from now on, and I am logged out everywhere else',
    description: 'The old address is told by mail; the panel account follows in the background.',
  })
  @ApiOkResponse({ type: EmailAsked })
  @ApiResponse({ status: 409, description: 'EMAIL_TAKEN: somebody else has it by now' })
  @ApiResponse({ status: 422, description: 'CODE_WRONG' })
  async confirm(@CurrentUser() { sessionId }: User, @Caller() { id, commandId }: Asker, @Body() { code }: EmailCode): Promise<EmailAsked> {
    await this.desk.confirm({ customerId: id, commandId, sessionId }, code);
    return { customerId: id };
  }
}
