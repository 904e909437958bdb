/** Customers, for operators: where their panel accounts stand, and for one of them who it is. */
import { Controller, Get, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiResponse, ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { ListCustomers } from '../../projections/customer-accounts/customer-accounts.query.js';
import { IdentityStore } from '../customers/identity/identity.store.js';
import { Roles } from '../platform/http/auth.decorators.js';
import { ReadsFrom } from '../platform/http/ledger-position.js';
import { pageView, SortedRequest } from '../platform/http/paging.js';
import { refuse } from '../platform/refusal.js';

type Status = 'pending' | 'linked' | 'conflict';
const STATUSES: readonly Status[] = ['pending', 'linked', 'conflict'];
const EMAIL_MAX = 191;

class CustomersRequest extends SortedRequest {
  @ApiPropertyOptional({ enum: STATUSES, description: 'Of the panel account.' }) @IsOptional() @IsIn(STATUSES) readonly status?: Status;
  @ApiPropertyOptional({ description: 'The whole address.' }) @IsOptional() @IsString() @MaxLength(EMAIL_MAX) readonly email?: string;
}

class CustomerView {
  @ApiProperty() readonly customerId!: string;
  @ApiProperty({ enum: STATUSES, description: 'Of the panel account.' }) readonly status!: string;
  @ApiProperty({ type: Number, nullable: true }) readonly panelUserId!: number | null;
  @ApiProperty({ type: String, nullable: true, description: 'How the panel account came to be theirs.' }) readonly how!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Why it is not linked.' }) readonly reason!: string | null;
  @ApiProperty({ format: 'date-time' }) readonly registeredAt!: string;
}
class CustomersPage extends pageView(CustomerView) {}

class CustomerDetail extends CustomerView {
  @ApiProperty() readonly email!: string;
  @ApiProperty() readonly name!: string;
}

@ApiTags('operators')
@ApiBearerAuth()
@Roles('operator')
@ApiResponse({ status: 403, description: 'FORBIDDEN: not an operator' })
@Controller('api/v1/ops/customers')
export class OpsCustomersController {
  constructor(
    private readonly queries: QueryBus,
    private readonly people: IdentityStore,
  ) {}

  @Get()
  @ReadsFrom('customer-accounts')
  @ApiOperation({ summary: 'Customers, the last who signed up first' })
  @ApiOkResponse({ type: CustomersPage })
  @ApiResponse({ status: 422, description: 'VALIDATION_FAILED, CURSOR_INVALID' })
  async list(@Query() { email, ...wish }: CustomersRequest): Promise<CustomersPage> {
    if (email === undefined) return this.queries.execute(new ListCustomers(wish));
    const customerId = await this.people.idOfEmail(email);
    return customerId === undefined ? { items: [], nextCursor: null } : this.queries.execute(new ListCustomers({ ...wish, customerId }));
  }

  @Get(':customerId')
  @ReadsFrom('customer-accounts')
  @ApiOperation({ summary: 'One customer, with name and address' })
  @ApiOkResponse({ type: CustomerDetail })
  @ApiResponse({ status: 404, description: 'NOT_FOUND' })
  async one(@Param('customerId', ParseUUIDPipe) customerId: string): Promise<CustomerDetail> {
    const { items } = await this.queries.execute(new ListCustomers({ customerId, limit: 1 }));
    const person = await this.people.personOf(customerId);
    if (!items[0] || !person) throw refuse('NOT_FOUND', 404, 'There is no such customer.');
    return { ...items[0], email: person.email, name: person.name };
  }
}
