/** A customer whose e-mail address the panel knows already proves that it is theirs. */
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiOperation, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import { IsString, MaxLength, MinLength } from 'class-validator';
import { Roles } from '../platform/http/auth.decorators.js';
import { Caller, type Asker } from '../platform/http/caller.js';
import { Sensitive } from '../platform/http/request-limits.js';
import { PanelAccountDesk } from './panel-account.desk.js';

const CODE_CHARS_MAX = 32;

class CodeRequest {
  @ApiProperty({ description: 'As it was mailed.' }) @IsString() @MinLength(1) @MaxLength(CODE_CHARS_MAX) readonly code!: string;
}

class Asked {
  @ApiProperty() readonly customerId!: string;
}

@ApiTags('customers')
@ApiBearerAuth()
@Roles('customer')
@ApiResponse({ status: 409, description: 'PANEL_ACCOUNT_NOT_IN_CONFLICT' })
@Controller('api/v1/me/panel-account')
export class PanelAccountController {
  constructor(private readonly desk: PanelAccountDesk) {}

  @Post('code')
  @Sensitive()
  @HttpCode(202)
  @ApiOperation({ summary: 'Mails me a code that proves that an account on the panel with my address is mine' })
  @ApiAcceptedResponse({ type: Asked })
  @ApiResponse({ status: 503, description: 'MAIL_UNAVAILABLE' })
  async sendCode(@Caller() { id: customerId }: Asker): Promise<Asked> {
    await this.desk.sendCode(customerId);
    return { customerId };
  }

  @Post('proof')
  @Sensitive()
  @HttpCode(202)
  @ApiOperation({ summary: 'Shows the code; the account is then linked in the background, and GET /me tells' })
  @ApiAcceptedResponse({ type: Asked })
  @ApiResponse({ status: 422, description: 'CODE_WRONG' })
  async prove(@Caller() { id: customerId, commandId }: Asker, @Body() { code }: CodeRequest): Promise<Asked> {
    await this.desk.prove({ customerId, commandId, actor: { kind: 'customer', id: customerId } }, code);
    return { customerId };
  }
}
