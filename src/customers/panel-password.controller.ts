/** A new password for the panel account: the customer's own wish, or an operator's with a reason. Only its owner sees it, once. */
import { Body, Controller, Header, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import { IsString, MaxLength, MinLength } from 'class-validator';
import { Roles } from '../platform/http/auth.decorators.js';
import { Caller, type Asker } from '../platform/http/caller.js';
import { Sensitive } from '../platform/http/request-limits.js';
import type { PanelLogin } from './identity/password.store.js';
import { PanelPasswordDesk } from './panel-password.desk.js';

const REASON_MAX = 2000;

class PanelLoginView implements PanelLogin {
  @ApiProperty({ type: String, nullable: true, description: "The panel takes the account's e-mail address as well." }) readonly username!:
    string | null;
  @ApiProperty({ description: 'Shown now and never again.' }) readonly password!: string;
}

class PasswordReason {
  @ApiProperty({ description: 'Kept sealed, apart from the events.' })
  @IsString()
  @MinLength(1)
  @MaxLength(REASON_MAX)
  readonly reason!: string;
}

class PasswordSet {
  @ApiProperty() readonly customerId!: string;
}

@ApiTags('customers')
@ApiBearerAuth()
@ApiResponse({
  status: 409,
  description: 'PANEL_ACCOUNT_PENDING, PANEL_ACCOUNT_CONFLICT, PANEL_PASSWORD_RESET_UNDERWAY, PANEL_PASSWORD_SHOWN',
})
@ApiResponse({ status: 503, description: 'PANEL_PASSWORD_NOT_SET: nobody knows which password counts; ask for another one' })
@Controller('api/v1')
export class PanelPasswordController {
  constructor(private readonly desk: PanelPasswordDesk) {}

  @Sensitive()
  @Post('me/panel-password')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Sets a new password for my panel account',
    description: 'It is shown in this answer only; a repeat is refused.',
  })
  @ApiOkResponse({ type: PanelLoginView })
  async reset(@Caller() { id, commandId }: Asker): Promise<PanelLoginView> {
    const resetId = await this.desk.reset({ customerId: id, commandId, actor: { kind: 'customer', id } });
    return this.desk.show(resetId);
  }

  @Sensitive()
  @Post('me/panel-password/reveal')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Shows the password that an operator had set for my panel account', description: 'Once, and within a day.' })
  @ApiOkResponse({ type: PanelLoginView })
  async reveal(@Caller() { id }: Asker): Promise<PanelLoginView> {
    return this.desk.show(await this.desk.lastOf(id));
  }

  @Roles('operator')
  @Post('ops/customers/:customerId/panel-password')
  @HttpCode(200)
  @ApiOperation({
    summary: "Sets a new password for a customer's panel account",
    description: 'Its owner sees it once, under /me/panel-password/reveal.',
  })
  @ApiOkResponse({ type: PasswordSet })
  @ApiResponse({ status: 403, description: 'FORBIDDEN: not an operator' })
  async resetFor(
    @Caller() { id, commandId }: Asker,
    @Param('customerId', ParseUUIDPipe) customerId: string,
    @Body() { reason }: PasswordReason,
  ): Promise<PasswordSet> {
    await this.desk.reset({ customerId, commandId, actor: { kind: 'ops', id }, reason });
    return { customerId };
  }
}
