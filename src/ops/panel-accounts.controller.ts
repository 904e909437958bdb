/** Which account on the panel is a customer's, where the panel knew their e-mail address before they came. */
import { Body, Controller, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiOperation, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import { IsInt, Min } from 'class-validator';
import { PanelAccountDesk } from '../customers/panel-account.desk.js';
import { ReasonRequest } from '../orders/billing.dto.js';
import { Roles } from '../platform/http/auth.decorators.js';
import { Caller, type Asker } from '../platform/http/caller.js';

class AssignRequest extends ReasonRequest {
  @ApiProperty({ description: "The account's number on the panel." }) @IsInt() @Min(1) readonly panelUserId!: number;
}

class CustomerRef {
  @ApiProperty() readonly customerId!: string;
}

@ApiTags('operators')
@ApiBearerAuth()
@Roles('operator')
@ApiResponse({ status: 403, description: 'FORBIDDEN: not an operator' })
@Controller('api/v1/ops/customers/:customerId')
export class PanelAccountsController {
  constructor(private readonly desk: PanelAccountDesk) {}

  @Post('panel-account')
  @HttpCode(202)
  @ApiOperation({ summary: 'Links an account of the panel, unless it is an administrator’s or another customer’s' })
  @ApiAcceptedResponse({ type: CustomerRef, description: 'It is linked in the background; a refusal shows under attention.' })
  @ApiResponse({ status: 409, description: 'PANEL_ACCOUNT_NOT_IN_CONFLICT' })
  async assign(
    @Caller() { id, commandId }: Asker,
    @Param('customerId', ParseUUIDPipe) customerId: string,
    @Body() { panelUserId, reason }: AssignRequest,
  ): Promise<CustomerRef> {
    await this.desk.assign({ customerId, commandId, actor: { kind: 'ops', id } }, { panelUserId, reason });
    return { customerId };
  }
}
